# The pages of one's account
nav-profile = Profile

# Where I am signed in
where-signed-in = Where you’re signed in
where-signed-in-lead = End what you don’t recognise.
browsers = Browsers
this-browser = This browser
unknown-browser = Unknown browser
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
level-limited = Details, vaccinations, appointments, messages and insurance
last-day = Last day
last-day-hint = Everything ends by itself after that day.
ask = Ask
proxy-asked = You asked. If somebody has this address or number, they see it after signing in.
proxy-ended = That person cannot act for you.
fault-proxy-ends-at = Choose a day that lies ahead, at most 18 months from now.
fault-not-an-adult = Only adults with an account of their own can ask somebody.
