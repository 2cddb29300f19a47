"""The parts of the HTML page: what is drawn (``picture``, ``flow``), and how it becomes markup."""
