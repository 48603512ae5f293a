"""What migration 0028 makes: tables of what is the company's, and the search in them."""
