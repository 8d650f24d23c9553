# Words of every page
language-name = English
direction = ltr
skip-to-content = Skip to main content
choose-language = Language: English
promise = Tutela keeps your sign-in safe. It never sees your medical notes.
copied = Copied
there-is-a-problem = There is a problem
error-prefix = Error:

# Time
moment = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }, { $time } { $zone }
seconds = { $count ->
    [one] 1 second
   *[other] { $count } seconds
}
minutes = { $count ->
    [one] 1 minute
   *[other] { $count } minutes
}
days = { $count ->
    [one] 1 day
   *[other] { $count } days
}
hours = { $count ->
    [one] 1 hour
   *[other] { $count } hours
}

# Signing in
sign-in = Sign in
sign-in-to = Sign in to { $app }
sign-in-to-continue-to = Sign in to continue to
username = Email address or mobile number
password = Password
show = Show
hide = Hide
show-password = Show password
hide-password = Hide password
password-is-shown = Your password is visible
password-is-hidden = Your password is hidden
signing-in = Signing in…
no-match = Those details don’t match an account. Check both and try again.
too-many-tries = Too many tries. Wait { $wait }, then try again.
prove-it-again = To keep your account safe, sign in once more before you change this.
timed-out = You were signed out because you were away. Sign in again to go on.

# A code as well
code-title = Enter your 6-digit code
code-lead = Open your authenticator app and look for Tutela. You can paste the code.
code-label = 6-digit code
signing-in-as = Signing in as
continue = Continue
checking = Checking…
use-another-account = Use a different account

# The account
your-account = Your account
hello = Hello, { $name }
account-lead = See who can reach your health record, and keep your account safe.
your-details = Your details
name = Name
email-address = Email address
mobile-number = Mobile number

# Signing out
sign-out = Sign out
sign-out-question = Do you want to sign out?
sign-out-lead = After that, nobody who uses this device can open your account.
stay-signed-in = Stay signed in
signed-out = You are signed out
signed-out-lead = Nobody can use your account in this browser now.
sign-in-again = Sign in again
shared-computer = On a shared computer? Close the browser too.
