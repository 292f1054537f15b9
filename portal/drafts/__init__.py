"""What people have begun and not submitted: drafts of forms and the photos uploaded for them."""
