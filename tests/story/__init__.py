"""Stories: real processes, real HTTP, a virtual Dreamkas."""
