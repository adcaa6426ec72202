"""The same work by hand, without franca: offsets go with the data; nothing resumes, validates or parks."""
