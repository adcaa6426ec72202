"""franca: declare the business entities once, and what each application's tables mean; the changes stream."""
