"""The referral (saisine): its form, its emergency screen, its duplicates, its qualification."""
