"""What people see in a terminal: findings and plans as rich tables. Texts of files are never markup."""
