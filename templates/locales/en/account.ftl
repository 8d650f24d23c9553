# The pages of one's account
nav-profile = Profile

# Where I am signed in
where-signed-in = Where you’re signed in
where-signed-in-lead = End what you don’t recognise.
browsers = Browsers
this-browser = This browser
unknown-browser = Unknown browser
browser-on = { $browser } on { $system }
end-session = Sign out there
end-other-sessions = Sign out everywhere else

# Connected apps
connected-apps = Connected apps
connected-apps-lead = Apps that you allowed to use health data. You can stop any of them now.
no-connected-apps = No app has your permission at the moment.
app-for-you = Uses your data
app-for-somebody = Uses the data of { $name }
stop-access = Stop access
of-app = of { $app }
access-stopped = The app has no access any more.
permissions-count = { $count ->
    [one] 1 permission
   *[other] { $count } permissions
}
allowed-by-you = Allowed by you on { $when }.
allowed-by = Allowed by { $name }, who acts for you, on { $when }.

# People you care for
people-you-care-for = People you care for
care-lead = You can see their record and decide for them, as far as they or the law allow.
waiting-for-your-answer = Waiting for your answer
waits-for-approval = Waits for approval
on-hold = On hold
holds-there = Your right to act holds there.
also-cared-for-by = Also cared for by { $name }
nobody-cared-for = You don’t care for anybody here yet.
care-line = You are { $relationship }.
care-line-born = Born { $year }. You are { $relationship }.
reach-full = The whole record.
reach-limited = Details, vaccinations, appointments, messages and insurance.
until-moment = Until { $moment }.
accept = Accept
decline = Decline
for-name = for { $name }
stop-acting-for = Stop acting for { $name }
stop-acting-lead = You lose access to the record of { $name } at once, in every app. You cannot undo this yourself.
stop-acting = Stop acting
what-you-may = What you may see and do.
care-added = Added. You can act for the child now, or as soon as staff agree.
care-accepted = You accepted.
care-declined = You declined.
care-ended = You don’t act for this person any more.
relationship-parent = a parent
relationship-mother = the mother
relationship-father = the father
relationship-guardian = the legal guardian
relationship-grandparent = a grandparent
relationship-power-of-attorney = the holder of a power of attorney
relationship-health-care-power-of-attorney = the holder of a power of attorney for health care
relationship-durable-power-of-attorney = the holder of a durable power of attorney
relationship-family-member = a family member
relationship-other = somebody they trust

# Adding a child
add-child = Add a child
add-child-lead = For a child who is not grown up and has no account here. Is there one already? Ask the reception to connect you.
birth-date = Date of birth
you-are-the-childs = You are
at-organization = Where
cancel = Cancel
fault-date = Give a date that exists, such as 14 September 2018.
fault-choose = Choose one of the list.
fault-no-organization = Choose where you are a patient or guardian.
fault-not-a-minor = This person is grown up. They can ask you to act for them.
fault-guardian-unfit = Your account cannot act for others.
fault-too-many = You care for as many people as is possible here. Ask the reception.

# People acting for you
people-acting-for-you = People acting for you
proxies-lead = They can see your record and decide for you, as far as you allow. You can stop any of them now.
who-may-act-for-you = Who may act for you
nobody-acts-for-you = Nobody may act for you.
not-accepted-yet = Not accepted yet
cancel-request = Cancel
take-back = Take back
ask-somebody = Ask somebody to act for you
ask-somebody-lead = Whoever has this address or number sees your name and can accept after signing in.
their-identifier = Their email address or mobile number
what-they-may-do = What they may see and do
level-full = The whole record
level-limited = Appointments, vaccinations, messages
last-day = Last day
last-day-hint = Everything ends by itself after that day.
ask = Ask
proxy-asked = You asked. If somebody has this address or number, they see it after signing in.
proxy-ended = That person cannot act for you.
fault-proxy-ends-at = Choose a day that lies ahead, at most 18 months from now.
fault-not-an-adult = Only adults with an account of their own can ask somebody.

# Security
security = Security
security-lead = How you sign in, and the way out for good.
you-sign-in-with = You sign in with
shared-identifier = The address of somebody who cares for you
change-identifier = Change email or number
change-identifier-lead = It takes the place of the old one once you have confirmed it. People you care for follow. The old one gets a notice.
new-identifier = New email address or mobile number
send-code = Send code
confirm-identifier = Confirm that it is yours
confirm-identifier-lead = Press the button to sign in with it from now on.
identifier-was-changed = Saved. You sign in with the new one from now on.
change-password = Change password
change-password-lead = Changing it signs you out everywhere else.
current-password = Current password
fault-current-password = That is not your current password.
password-was-changed = Your password was changed. You are signed out everywhere else.

# Closing the account
close-account = Close account
close-account-short = For good. You cannot undo it.
close-what-happens = This happens at once:
close-apps = Every app loses access.
close-people = You act for nobody any more, and nobody acts for you.
close-roles = What you do here as staff ends.
close-record = Your health record stays with the organization that keeps it.
close-confirmation = To confirm, type what you sign in with
type-this = Type { $what }
close-for-good = Close for good
fault-confirmation = That is not what you sign in with.
fault-last-owner = You are the only owner of an organization. Make somebody else an owner first.
fault-dependent = Somebody cares for you. Ask the reception.
account-is-closed = Your account is closed
account-is-closed-lead = Every app has lost access. You can leave this page.

# Activity
activity = Activity
activity-lead = What you did, and what was done to your account.
latest-first = Latest first
nothing-happened = Nothing happened yet.
older-activity = Older
activity-unknown = Something you don’t know?
activity-by = By { $name }.
activity-by-machine = By the organization.
activity-for = For { $name }.
activity-through = Through { $app }.
activity-from = From { $address }.
did-sign-in = Signed in
did-fail-to-sign-in = Somebody tried to sign in and failed
did-sign-out = Signed out
did-sign-up = Account created
did-ask-for-link = A link for a new password was sent
did-reset-password = Password chosen anew by a link
did-change-password = Password changed
did-fail-to-change-password = A change of the password failed
did-change-identifier = Email address or mobile number changed
did-fail-to-change-identifier = A change of the email address or mobile number failed
did-choose = Chosen for whom to act
did-allow-app = Allowed an app
did-refuse-app = Did not allow an app
did-stop-app = Stopped the access of an app
app-gave-up = An app gave up its access
app-was-locked-out = An app lost its access, since its key came twice
did-add-child = Added a child
relation-was-proposed = A guardian was proposed
did-ask-proxy = Asked somebody to act for you
relation-was-accepted = The right to act was accepted
relation-was-approved = The right to act was approved
relation-was-suspended = The right to act was put on hold
relation-was-resumed = The right to act goes on
relation-was-changed = The right to act was changed
relation-was-ended = The right to act ended
proxy-request-ended = Nobody is asked to act any more
person-was-changed = Details changed by the reception
person-was-emancipated = Recorded as grown up
handover-code-was-issued = A code to take over the account was issued
was-handed-over = Account taken over
handover-failed = Somebody tried to take over the account and failed
personal-sign-in-changed = Whether the child signs in was changed

# A sign-in of the child's own
personal-sign-in-of = Sign-in for { $name }
personal-sign-in-lead = With your email address or mobile number and an own password. The child sees the own record, and cannot act for you. Let the child change the password at once, so that you do not know it.
personal-password = Password for the child
end-personal-sign-in = Take the sign-in away
signs-in-personally = Signs in with an own password
does-not-sign-in = Has no sign-in
change-this = Change
personal-enabled = The child can sign in now.
personal-disabled = The child cannot sign in any more.
personal-not-the-guardian = You cannot act for this person at the moment.
personal-too-young = The child is too young for an own sign-in here.
personal-grown-up = This person is grown up and takes over the account. The reception helps.
personal-no-identifier = There is no email address or mobile number that you share with the child.
personal-too-many = As many children as possible sign in with this email address or mobile number.

# Overview
see-all = See all
lately = What happened lately
answer-now = Answer now
asked-count = { $count ->
    [one] You are asked to act for somebody.
   *[other] You are asked to act for { $count } people.
}
apps-count = { $count ->
    [0] No app has your permission.
    [one] 1 app has your permission.
   *[other] { $count } apps have your permission.
}
fault-own-identifier = You sign in with this one already.
you-administer = You help to run an organization here.
open-console = Open the console
