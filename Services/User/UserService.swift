// User
