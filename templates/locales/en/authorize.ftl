# Choosing for whom
for-whom = Who are you here for?
for-whom-lead = You are signed in as { $name }.
yourself = Yourself
yourself-at = Yourself, at { $organization }
you-act-for = You act for this person
you-act-for-born = Born { $year }. You act for this person.
as-staff-of = Your work at { $organization }
as-configurer-of = Set up { $organization }

# Allowing an app
consent-title = Let { $app } know who you are, { $name }?
consent-record-title = Let { $app } use the health record of { $name }?
consent-lead = If you allow this, the app can:
consent-lead-for = You decide for { $name }. If you allow this, the app can:
acting-for = You are acting for { $name }
signed-in-as = Signed in as { $name }
already-allowed = Already allowed
consent-sensitive = This reaches the whole record. Allow it only if you know and trust the app.
consent-not-shared = The app does not get your password. You decide again when it asks for more.
do-not-allow = Don’t allow
allow = Allow
technical-words = What the app asked for, in technical words
going-back-to = After you choose, you go back to { $place }.
going-back = Going back to the app
going-back-lead = You are on your way to { $place }.

# What scopes mean
scope-profile = See the name and date of birth
scope-email = See the email address
scope-phone = See the mobile number
scope-fhir-user = Know which person in the record is using it
scope-roles = See the roles at work
scope-offline-access = Keep this access when the app is closed
scope-permission = Manage the organization
scope-see = See { $what }
scope-see-and-change = See and change { $what }
hint-identity = So that the app knows who it is for
hint-reading = It cannot change anything there
hint-changing = It can add, change or cancel entries
hint-sensitive = This reaches very far
hint-offline-access = Without it, you sign in each time
record-everything = everything in the health record
record-details = name, address and other details
record-family = family and other contacts
record-medicines = medicines
record-allergies = allergies
record-results = test results
record-vaccinations = vaccinations
record-appointments = appointments
record-history = illnesses, treatments and visits
record-care-plans = care plans and goals
record-messages = messages
record-insurance = insurance
record-documents = documents
record-questionnaires = questionnaires
record-consents = what was agreed to
record-directory = the directory of clinics and people who work there
