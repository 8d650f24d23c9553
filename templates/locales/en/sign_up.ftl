# Signing up
create-account-title = Create an account
create-account-to-use = Create an account to use
create-account = Create account
sign-up-start-from-app = Open the app or website of your clinic, and choose “Create an account” there.
first-name = First name
last-name = Last name
username-hint = We send a code to check it is yours.
choose-password = Choose a password
password-hint = At least 15 characters. Three or four random words work well. You can use spaces and paste.
accept-terms = I accept the terms.
read-terms = Read the terms
for-a-child = Is this for a child?
for-a-child-advice = Create your own account first. Then add the child under “People you care for”.
have-account = Already have an account?
no-account = New here?
fault-name-missing = Enter a name.
fault-name = Use at most 80 letters.
fault-identifier = Enter an email address, or a mobile number that starts with + and the country code.
fault-password-short = Use at least 15 characters.
fault-password-long = Use at most 256 characters.
fault-password-common = Many people use this password. Choose another one.
fault-password-personal = Leave your name and address out of the password.
fault-terms = Accept the terms to go on.
too-many-letters = We sent several messages there. Wait { $wait }, then try again.

# Confirming
check-inbox-title = Check your messages
check-inbox-lead = We sent you a code. It works for 15 minutes.
nothing-arrived = Nothing arrived? Look in your spam folder, or start again to get a new code.
wrong-address = Wrong address?
start-again = Start again
confirm-title = Confirm your address
confirm-lead = One press, and your account is ready.
confirm = Confirm
verify-code-fault = That code doesn’t fit, or it is too old. Check it, or start again.
verify-link-fault = This link was used, or it is too old. Start again to get a new one.

# A new password
forgot-password = Forgot your password?
forgot-title = Get a new password
forgot-lead = Enter the address or number you sign in with. We send you a link.
send-link = Send link
forgot-sent-title = Check your messages
forgot-sent-lead = If we know this address, we sent a message. The link in it works for 30 minutes.
reset-title = Choose a new password
reset-ends-sessions = This signs you out on all your devices.
new-password = New password
new-password-for = New password for
save-password = Save password
reset-done-title = Your password is changed
reset-done-lead = You are signed out everywhere. Sign in with the new password.
link-over-title = This link no longer works
link-over-lead = It was used, or it is too old. Your password is as it was.
send-new-link = Send a new link

# Taking over one’s account
hand-over-title = Take over your account
hand-over-lead = You are grown up now: from here on the account is yours alone. Those who cared for you lose access.
handover-code = Code that the reception gave you
handover-code-hint = 16 letters and digits.
your-own-identifier = Your own email address or mobile number
your-own-identifier-hint = One that nobody else uses here. You sign in with it from now on.
hand-over-confirm-lead = Press the button to make the account yours.
fault-handover-code = This code does not work. Look at it once more, or ask the reception for a new one.
fault-identifier-unavailable = This one cannot be used. Give another one that is yours alone.
