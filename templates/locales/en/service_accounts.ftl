# Service accounts
tab-service-accounts = Service accounts
sa-lead = Programs that use your systems, each with an ID and keys of its own.
sa-add = Add service account
sa-none = There is no service account yet.
sa-keys = Keys
sa-next-end = Next key ends
sa-last-used = Last used
sa-key-old = Key over 90 days old
sa-key-ending = Key ends soon
sa-no-key = No key
sa-as-itself = Acts as itself
sa-as-itself-hint = With the scopes below
sa-for-providers = Acts for providers
sa-for-providers-hint = Only for those who let it, with what they gave it
sa-due-old = The key “{ $name }” is over 90 days old.
sa-due-ending = The key “{ $name }” ends soon.
sa-due-lead = Rotate it: both keys work while you switch.
sa-api-keys = API keys
sa-new-key = New key
sa-no-key-yet = There is no key yet. Without one the service account cannot do anything.
sa-created = Created
sa-ends = Ends
sa-state-current = Current
sa-state-until = Works until { $day }
sa-state-ended = Ended
sa-rotate = Rotate
sa-revoke = This key leaked
sa-activity = Tokens per day
sa-total = { $count ->
    [one] { $count } token in the last 30 days
   *[other] { $count } tokens in the last 30 days
}
sa-plot-told = Tokens per day in the last 30 days: { $total } in all. The most, { $most }, were on { $day }.
show-as-table = Show as a table
sa-day = Day
sa-client-id = Client ID
sa-can = What it can do
sa-nothing = Nothing
sa-no-limit = No limit
sa-edit = Edit { $name }
sa-form-lead = Give it only what it needs.
sa-acts = What it does
sa-scopes = Scopes
sa-scopes-hint = One on each line, such as system/Appointment.rs or hcp:read. Only what you may do yourself.
sa-audiences = Audiences
sa-audiences-hint = One address on each line; “self” is this server. The first one is used when a request names none.
sa-purposes = Purposes
purpose-treat = Treatment
purpose-hoperat = Running the organization
purpose-hpaymt = Payment
purpose-hresch = Research
purpose-other = Another purpose
sa-requests = Requests per minute
sa-tokens-per-day = Tokens per day
sa-jwks-uri = Address of its public keys
sa-jwks-uri-hint = Where it proves itself by a signed JWT instead of an API key (private_key_jwt).
sa-jwks = Public keys
sa-jwks-hint = A JWK set, if they have no address. Never paste a private key.
sa-limit-hint = Leave it empty for no limit.
sa-disable-hint = Its keys and tokens rest until it is active again.
sa-delete = Delete { $name }
sa-delete-lead = It can’t be undone.
sa-delete-keys = { $count ->
    [0] It has no key that works.
    [one] { $count } key stops working now.
   *[other] { $count } keys stop working now.
}
sa-delete-delegations = { $count ->
    [0] Nobody lets it act for them.
    [one] { $count } delegation ends now.
   *[other] { $count } delegations end now.
}
sa-delete-tokens = Its tokens are worth nothing from now on.
sa-delete-audit = The audit log keeps what it did.
sa-new-key-lead = You see the key once, on the next page.
sa-key-name = Name of the key
sa-key-name-hint = Say where it is used, such as “production”.
sa-make-key = Make the key
copy-key-now = Copy the key now
key-for = A new key for { $name }
key-shown-once = We show this key only once.
key-shown-once-lead = Save it where your program keeps its secrets. If you lose it, rotate it again.
key-replaces = The old key “{ $name }” works until { $moment }. Then it ends by itself.
sa-rotate-of = Rotate the key “{ $name }”
sa-rotate-lead = You get a new key now. Both work while you switch, then the old one ends by itself.
sa-overlap = Keep the old key working for
overlap-none = Stop it now
overlap-day = 24 hours
overlap-week = 7 days
overlap-month = 30 days
sa-both-until = Both work until { $day }
sa-new-key-ends = The new key expires
sa-same-life = As long after today as the old one after its start
sa-rotate-leaked = If the old key may have leaked, choose “Stop it now”.
sa-rotate-now = Rotate key
sa-revoke-of = End the key “{ $name }” now
sa-revoke-lead = The key and every token it got stop working at once. This can’t be undone.
sa-revoke-only = This is the only key. The program stops until it has a new one.
sa-new-key-first = Make a new key first
sa-revoke-now = End it now
sa-registered = Added. Now make a key for it.
sa-changed = Saved.
sa-removed = The service account is gone, with its keys and delegations.
sa-key-ended = The key ended. Its tokens are worth nothing any more.
fault-audiences = Write each audience as a full address, or “self”.
fault-scopes = We do not know all of these scopes: { $what }
fault-scopes-not-for-machines = A service account cannot have these: { $what }
fault-scopes-not-held = You can only give what you may do yourself.
fault-jwks-private = This is a private key. Paste public keys only, and make a new pair: this one was shown.
fault-jwks = This is no JWK set.
fault-jwks-uri = Write a full web address.
fault-jwks-both = Give an address or the keys themselves, not both.
fault-sa-name-taken = Another service account has this name.
fault-limit = Enter a number of at least 1, or nothing.
fault-key-name = Give it a name of at most 64 characters.
fault-key-name-taken = Another key of this service account has this name.
fault-key-replaced = Somebody rotated this key already.
