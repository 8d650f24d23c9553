# Delegations
tab-delegations = Delegations
delegations-lead = Who lets a program act for them, and until when.
delegations-none = Nobody lets a program act for them.
delegation-add = Add delegation
delegation-add-lead = The service account can then act for this person, within what they may do themselves.
delegation-provider = For whom
delegation-provider-email = Email address of the person
delegation-machine = Service account
delegation-scopes = Scopes
delegation-scopes-hint = Separate them by spaces, such as user/Appointment.rs user/Patient.rs. Only scopes that start with “user/”.
delegation-time = From, until
delegation-from-until = { $from } to { $until }
delegation-in-force = In force
delegation-later = Later
delegation-first-day = First day (optional)
delegation-first-day-hint = Leave it empty to begin now.
delegation-withdraw = Withdraw
delegation-withdraw-lead = { $machine } can no longer act for { $provider }, from now on.
delegation-made = Done. The program can act now, or from the first day on.
delegation-withdrawn = Withdrawn. What the program got is worth nothing any more.
fault-no-provider = No active member has this email address.
fault-not-delegable = Enter scopes that start with “user/”.
fault-delegation-starts = The first day comes after the last one.
fault-delegation-ends = Choose a day that is not in the past, and not too far away.

# On the account pages
programs-acting-for-you = Programs acting for you
given-lead = You decide which programs act in your name. Each ends by itself.
given-title = What you allowed
given-none = No program acts for you.
give-title = Let a program act for you
program = Program
give = Allow
who-acted = Who acted for you
who-acted-lead = Every time somebody got access in your name.
nobody-acted = Nobody acted for you yet.
acted-through = Through { $name }
acted-because = Reason: { $reason }
acted-somebody-gone = Somebody who is not here any more

# What waits in the console
attention = Needs your attention
go-on = Go on
attention-old = The key “{ $name }” is over 90 days old. It ends on { $day }.
attention-ending = The key “{ $name }” ends on { $day }.
