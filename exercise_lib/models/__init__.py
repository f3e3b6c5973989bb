"""What is put together of the students' modules: whole models, their training, the kept weights."""
