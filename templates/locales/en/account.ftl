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
