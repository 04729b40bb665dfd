"""Emergency access (accès d'urgence motivé): asked, opened, closed, reviewed by someone else."""
