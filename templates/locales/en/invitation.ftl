# Invitations
invitation-title = Your invitation
invited-by = You are invited by
invited-title = Welcome, { $name }
invited-as-member = You join as a member. You can do what your roles allow.
invited-as-hcp = You join as a healthcare professional.
invited-as-config-user = You join to set up the organization’s apps and directory.
invitation-sign-in = You have an account with { $email }. Sign in with it, then come back here to join.
invitation-over-title = This invitation is over
invitation-over-lead = The link was used, or it is too old. Ask whoever invited you to send it again.
join = Join
