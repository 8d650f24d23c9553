# The reference of the JSON API
api-reference = API reference
api-reference-lead = Every address of the JSON API, what it asks for and what it answers. Errors are problem+json with a stable code.
openapi-document = OpenAPI document
scopes-needed = Scopes:
