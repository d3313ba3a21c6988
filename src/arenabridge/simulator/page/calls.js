// calls
