"""The registry: plans registered, decided on and applied, and the money of their pools, in one database.

`store` opens it, `events` is its log, `states` what can become of a plan, `ledger` the money; `registering`,
`deciding`, `applying` and `money` are what is done with them, and `audit` proves that nothing else was.
"""
