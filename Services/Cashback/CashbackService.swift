// Cashback
