"""The ways a case uses a student's code, a file each: `probe(target, args, case)`."""
