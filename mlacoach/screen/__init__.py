"""What a learner sees: Rich views and their plain-line twins. Content text never passes through markup."""
