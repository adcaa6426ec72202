"""What an application's tables mean: functions traced into one expression tree, and its targets."""
