# Run the example clinic with its playground.
run:
    cargo run --release -- demo

# Format, lint, dependencies.
check:
    tests/run lint

# Everything.
test:
    tests/run

# The tests on one database.
test-sqlite filter='':
    tests/run sqlite {{filter}}

test-postgres filter='':
    tests/run postgres {{filter}}
