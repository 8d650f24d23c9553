# Where I am signed in
where-signed-in = Where you’re signed in
where-signed-in-lead = End what you don’t recognise.
see-sessions = See all
browsers = Browsers
this-browser = This browser
unknown-browser = Unknown browser
end-session = Sign out there
end-other-sessions = Sign out everywhere else
