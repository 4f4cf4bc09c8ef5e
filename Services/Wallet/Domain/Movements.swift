internal import EventTypes

/// The legs of each kind of movement, from the balances at hand.
///
/// Whatever reaches a person first repays what that person owes, so nobody ever has both.
enum Movements {
    /// `amount` out of `source` to a person with this `debt` (zero or negative).
    static func credit(
        _ amount: Money, to owner: UserID, debt: Money, from source: AccountKey
    ) throws(WalletError) -> [Leg] {
        guard amount.isPositive else { throw .amountNotPositive }
        guard amount.currency == debt.currency else { throw .currencyMismatch }
        let currency = amount.currency
        let repaid = debt.minorUnits < -amount.minorUnits ? amount : debt.negated
        let rest = try amount.minus(repaid)
        var legs = [Leg(account: source, amount: amount.negated)]
        if repaid.isPositive {
            legs.append(Leg(account: .user(owner, .owed, currency), amount: repaid))
        }
        if rest.isPositive {
            legs.append(Leg(account: .user(owner, .available, currency), amount: rest))
        }
        return legs
    }

    /// `amount` back to where it came from: what `available` covers, and the rest as a debt.
    static func clawBack(
        _ amount: Money, from owner: UserID, available: Money, to sink: AccountKey
    ) throws(WalletError) -> (legs: [Leg], owed: Money) {
        guard amount.isPositive else { throw .amountNotPositive }
        guard amount.currency == available.currency else { throw .currencyMismatch }
        let currency = amount.currency
        let covered: Money =
            available.isNegative
            ? .zero(currency) : available.minorUnits < amount.minorUnits ? available : amount
        let owed = try amount.minus(covered)
        var legs = [Leg(account: sink, amount: amount)]
        if covered.isPositive {
            legs.append(Leg(account: .user(owner, .available, currency), amount: covered.negated))
        }
        if owed.isPositive {
            legs.append(Leg(account: .user(owner, .owed, currency), amount: owed.negated))
        }
        return (legs, owed)
    }

    /// `amount` from one account to another.
    static func move(
        _ amount: Money, from source: AccountKey, to sink: AccountKey
    ) throws(WalletError) -> [Leg] {
        guard amount.isPositive else { throw .amountNotPositive }
        return [
            Leg(account: source, amount: amount.negated), Leg(account: sink, amount: amount),
        ]
    }

    /// Resolves a hold: `captured` goes to `sink`, what remains goes back to its owner.
    static func resolve(
        held: Money, captured: Money, owner: UserID, debt: Money, to sink: AccountKey
    ) throws(WalletError) -> [Leg] {
        let source = AccountKey.user(owner, .held, held.currency)
        let rest = try held.minus(captured)
        guard !rest.isNegative, !captured.isNegative else {
            throw .captureExceedsHold(held: held)
        }
        var legs = [Leg(account: source, amount: held.negated)]
        if captured.isPositive { legs.append(Leg(account: sink, amount: captured)) }
        if rest.isPositive {
            legs += try credit(rest, to: owner, debt: debt, from: source).dropFirst()
        }
        return legs
    }
}
