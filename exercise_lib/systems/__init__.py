"""The atlas: every system of lecture 7 as the same few parts, drawn in one grammar.

columns.json says which kinds of parts there are, systems.json which of them each system is made of;
all that is drawn, composed and compared here is read from these two tables.
"""
