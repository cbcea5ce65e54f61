"""
What is said, in the reader's language: facts go in, a `Message` comes out.

`words.py` speaks for one reader (messages, numbers, dates), the other modules hold the texts of a
feature each. The messages themselves are the catalogues under `locale`, by stable names
(`check_in.done`). Values are put in as text and are never markup. Asks nobody and decides nothing.
"""
