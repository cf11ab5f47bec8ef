"""What `run.py` does with an entry of each table."""
