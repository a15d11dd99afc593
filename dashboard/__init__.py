"""What people see and touch: the page, the API and the command line."""
