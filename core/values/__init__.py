"""Values as callers send them and as we keep them: read strictly, kept exactly."""
