"""The same work by hand, without franca: offsets go with the data, but nothing resumes, validates or parks."""
