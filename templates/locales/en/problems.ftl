# Pages for what went wrong
what-you-can-do = What you can do
go-to-my-account = Go to my account
details-for-support = Details for support
reference = Reference
copy-reference = Copy the reference
when = When
error = Error
cause = Cause
nothing-was-shared = Nothing was shared.
not-signed-in-to-app = You are not signed in to that app.

cannot-return-title = We can’t send you back to that app
cannot-return-lead = The link you followed does not match what the app told us about itself. To keep you safe we stopped here.
cannot-return-advice =
    Close this page and open the app again.
    If it happens again, tell the makers of the app. Give them the reference below.

stale-title = This page is too old
stale-lead = It took too long, or it was opened in another browser.
stale-advice = Close this page and open the app again.

bad-request-title = We don’t understand that request
bad-request-lead = The link or form that brought you here is broken. Nothing was changed.
bad-request-advice =
    Go back and try again.
    If it happens again, tell the people who gave you the link.

not-allowed-title = You can’t open this page
not-allowed-lead = Your account has no right to see it.
not-allowed-advice = Ask the person who looks after your organization’s accounts to give you that right.

foreign-form-title = We couldn’t use that form
foreign-form-lead = It was open for too long, or it did not come from our page. Nothing was changed.
foreign-form-advice = Go back, open the page again and fill in the form once more.

not-found-title = We can’t find this page
not-found-lead = The address is wrong, or the page is gone.
not-found-advice = Check the address, or start from your account.

too-large-title = That was too much
too-large-lead = The form holds more than we accept. Nothing was changed.
too-large-advice = Go back, shorten what you entered and try again.

too-many-title = Too many tries
too-many-lead = To keep accounts safe we take a break.
too-many-advice = Wait { $wait }, then try again.

unavailable-title = We can’t do this right now
unavailable-lead = A part of our service is away. Nothing was changed.
unavailable-advice = Wait a minute, then load this page again.

broken-title = Something went wrong on our side
broken-lead = Nothing was changed.
broken-advice =
    Try again later.
    If it happens again, tell support. Give them the reference below.
