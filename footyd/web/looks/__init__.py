"""What each page shows, as frozen values read from the Store; pages and API render the same."""
