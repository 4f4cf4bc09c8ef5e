internal import EventTypes
internal import TestSupport
internal import Testing

@testable internal import WalletService

@Suite("Accounts") struct AccountTests {
    let owner: UserID = identifier(1)
    let account: LedgerAccountID = identifier(7)

    func leg(
        _ cents: Int64, _ purpose: AccountPurpose = .available, transaction: UInt64 = 1,
        reference: String = "conversion-1", at: Timestamp = noon
    ) throws -> Account.Command {
        let key: AccountKey =
            purpose.isPersonal ? .user(owner, purpose, .usd) : .platform(purpose, .usd)
        return .post(
            Account.PostLeg(
                account: key, accountID: account, transactionID: identifier(transaction),
                kind: .cashbackCredit, reference: reference, amount: try usd(cents), at: at,
                chain: readableChain))
    }

    @Test func `the first leg opens the account`() throws {
        let events = try decided(Account.self, when: leg(147))
        #expect(events.count == 2)
        guard case .opened(let opened) = events.first, case .posted(let posted) = events.last else {
            Issue.record("expected an opening and a leg")
            return
        }
        #expect(opened.owner == owner)
        #expect(posted.number == 1)
        #expect(posted.balance == (try usd(147)))
    }

    @Test func `legs add up and count`() throws {
        let events = try stream(Account.self, leg(147), leg(-47, transaction: 2), leg(5))
        let state = Account.fold(events)
        #expect(state.balance == (try usd(105)))
        #expect(state.legs == 3)
    }

    @Test func `the times of an account never go back`() throws {
        let late = noon + .seconds(60)
        let events = try stream(
            Account.self, leg(1, at: late), leg(2, transaction: 2, at: noon))
        guard case .posted(let last) = events.last else {
            Issue.record("expected a leg")
            return
        }
        #expect(last.postedAt == late)
    }

    @Test(arguments: [AccountPurpose.available, .held, .payoutsInFlight, .fees])
    func `accounts that hold money never go below zero`(_ purpose: AccountPurpose) throws {
        let funded = try stream(Account.self, leg(100, purpose))
        #expect(throws: Never.self) {
            try decided(Account.self, given: funded, when: leg(-100, purpose))
        }
        #expect(throws: WalletError.self) {
            try decided(Account.self, given: funded, when: leg(-101, purpose))
        }
    }

    @Test func `what is missing is said`() throws {
        let funded = try stream(Account.self, leg(100))
        let expected = WalletError.insufficientFunds(available: try usd(100), needed: try usd(250))
        #expect(throws: expected) { try decided(Account.self, given: funded, when: leg(-250)) }
    }

    @Test func `a debt never turns into credit`() throws {
        let indebted = try stream(Account.self, leg(-80, .owed))
        #expect(throws: WalletError.boundExceeded(.owed)) {
            try decided(Account.self, given: indebted, when: leg(81, .owed))
        }
        let settled = try decided(Account.self, given: indebted, when: leg(80, .owed))
        #expect(Account.fold(indebted + settled).balance == .zero(.usd))
    }

    @Test func `an overdraft limit lowers the bottom by just that much`() throws {
        let key = AccountKey.user(owner, .available, .usd)
        let allowed = try stream(
            Account.self,
            .setOverdraftLimit(key, account, usd(500), by: identifier(2), at: noon), leg(-500))
        #expect(Account.fold(allowed).balance == (try usd(-500)))
        #expect(throws: WalletError.self) {
            try decided(Account.self, given: allowed, when: leg(-1))
        }
    }

    @Test func `a leg of nothing is refused`() throws {
        #expect(throws: WalletError.zeroLeg) { try decided(Account.self, when: leg(0)) }
    }

    @Test func `a balance beyond the range of money is refused`() throws {
        let full = try stream(Account.self, leg(Money.limit, .networkReceivable))
        #expect(throws: WalletError.amountOutOfRange) {
            try decided(Account.self, given: full, when: leg(1, .networkReceivable))
        }
    }

    @Test func `each leg's hash covers the one before`() throws {
        let events = try stream(Account.self, leg(147), leg(-47, transaction: 2))
        let legs = events.compactMap { event -> LegPosted? in
            if case .posted(let leg) = event { leg } else { nil }
        }
        let first = readableChain.link(legs[0].content, of: account, after: LegChain.origin)
        #expect(legs[0].hash == first)
        #expect(legs[1].hash == readableChain.link(legs[1].content, of: account, after: first))
        #expect(
            legs[1].hash
                != readableChain.link(legs[1].content, of: account, after: LegChain.origin))
    }

    @Test func `any changed field changes the canonical text`() throws {
        func text(
            number: Int64 = 1, reference: String = "a", cents: Int64 = 1, balance: Int64 = 1,
            transaction: UInt64 = 1, account: UInt64 = 7
        ) throws -> String {
            LegChain.canonicalText(
                LegContent(
                    number: number, transactionID: identifier(transaction), kind: .transfer,
                    reference: reference, amount: try usd(cents), balance: try usd(balance),
                    postedAt: noon), of: identifier(account), after: LegChain.origin)
        }
        let variants = [
            try text(), try text(number: 2), try text(reference: "b"), try text(cents: 2),
            try text(balance: 2), try text(transaction: 2), try text(account: 8),
        ]
        #expect(Set(variants).count == variants.count)
    }

    /// What is in the log was made with these; another text would break every chain.
    @Test func `the texts that hashes and identifiers follow from stay as they are`() throws {
        let leg = LegContent(
            number: 3, transactionID: identifier(1), kind: .cashbackCredit, reference: "a-1",
            amount: try usd(-5), balance: try usd(70), postedAt: noon)
        let text = LegChain.canonicalText(leg, of: account, after: LegChain.origin)
        let lines = [
            "souk-leg-1", LegChain.origin, "\(account)", "3", "\(leg.transactionID)",
            "cashback_credit", "a-1", "USD", "-5", "70", "\(noon.microseconds)",
        ]
        #expect(text == lines.joined(separator: "\n"))
        let owner: UserID = identifier(4)
        #expect(
            AccountKey.user(owner, .available, .usd).canonicalName == "user/\(owner)/available/USD")
        #expect(AccountKey.platform(.fees, .usd).canonicalName == "platform/fees/USD")
    }

    @Test func `a reference cannot forge another field`() throws {
        let honest = LegContent(
            number: 1, transactionID: identifier(1), kind: .transfer, reference: "a\nUSD",
            amount: try usd(1), balance: try usd(1), postedAt: noon)
        let text = LegChain.canonicalText(honest, of: account, after: LegChain.origin)
        #expect(text.split(separator: "\n").count == 11)
    }
}

@Suite("Ledger transactions") struct LedgerTransactionTests {
    func posting(_ legs: [(UInt64, Int64, Currency)], reference: String = "r") throws
        -> TransactionPosted
    {
        TransactionPosted(
            transactionID: identifier(9), kind: .transfer, reference: reference,
            legs: try legs.map { account, minor, currency in
                let amount = try Money(minorUnits: minor, currency)
                return PostedLeg(
                    accountID: identifier(account), owner: nil, purpose: .fees, amount: amount,
                    balance: amount, number: 1)
            }, postedAt: noon)
    }

    @Test func `legs that sum to zero are posted`() throws {
        let events = try decided(
            LedgerTransaction.self, when: .post(posting([(1, -147, .usd), (2, 147, .usd)])))
        #expect(events.count == 1)
    }

    @Test(
        arguments: [
            ([(1, -147, .usd), (2, 146, .usd)], WalletError.postingsDoNotBalance(.usd)),
            ([(1, -5, .usd), (2, 5, .eur)], nil),
            ([(1, -5, .usd), (1, 5, .usd)], .accountTwice),
            ([(1, -5, .usd), (2, 5, .usd), (3, 0, .usd)], .zeroLeg),
            ([(1, 5, .usd)], .tooFewLegs),
            ([], .tooFewLegs),
        ] as [([(UInt64, Int64, Currency)], WalletError?)])
    func `anything else is refused`(
        _ legs: [(UInt64, Int64, Currency)], _ expected: WalletError?
    ) throws {
        let error = #expect(throws: WalletError.self) {
            try decided(LedgerTransaction.self, when: .post(posting(legs)))
        }
        if let expected { #expect(error == expected) }
    }

    @Test func `every currency balances by itself`() throws {
        let legs: [(UInt64, Int64, Currency)] = [
            (1, -5, .usd), (2, 5, .usd), (3, 7, .eur), (4, -7, .eur),
        ]
        #expect(
            try decided(LedgerTransaction.self, when: .post(posting(legs))).count == 1)
    }

    @Test func `a repeat is nothing, another movement under the same name is refused`() throws {
        let posted = try stream(
            LedgerTransaction.self, .post(posting([(1, -147, .usd), (2, 147, .usd)])))
        let again = try decided(
            LedgerTransaction.self, given: posted,
            when: .post(posting([(2, 147, .usd), (1, -147, .usd)])))
        #expect(again.isEmpty)
        #expect(throws: WalletError.transactionReused) {
            try decided(
                LedgerTransaction.self, given: posted,
                when: .post(posting([(1, -148, .usd), (2, 148, .usd)])))
        }
    }
}

@Suite("Movements") struct MovementTests {
    let owner: UserID = identifier(1)
    let source = AccountKey.platform(.networkReceivable, .usd)

    func sum(_ legs: [Leg]) -> Int64 { legs.reduce(0) { $0 + $1.amount.minorUnits } }

    @Test(
        arguments: [
            (147, 0, 0, 147), (147, -100, 100, 47), (147, -147, 147, 0), (147, -500, 147, 0),
        ] as [(Int64, Int64, Int64, Int64)])
    func `a credit repays what is owed first`(
        _ amount: Int64, _ debt: Int64, _ repaid: Int64, _ available: Int64
    ) throws {
        let legs = try Movements.credit(
            usd(amount), to: owner, debt: usd(debt), from: source)
        #expect(sum(legs) == 0)
        #expect(legs.first { $0.account.purpose == .owed }?.amount.minorUnits ?? 0 == repaid)
        #expect(
            legs.first { $0.account.purpose == .available }?.amount.minorUnits ?? 0 == available)
    }

    @Test(
        arguments: [
            (147, 200, 147, 0), (147, 147, 147, 0), (147, 100, 100, 47), (147, 0, 0, 147),
            (147, -20, 0, 147),
        ] as [(Int64, Int64, Int64, Int64)])
    func `a clawback takes what is there, and the rest is owed`(
        _ amount: Int64, _ available: Int64, _ taken: Int64, _ owed: Int64
    ) throws {
        let result = try Movements.clawBack(
            usd(amount), from: owner, available: usd(available), to: source)
        #expect(sum(result.legs) == 0)
        #expect(result.owed == (try usd(owed)))
        #expect(
            result.legs.first { $0.account.purpose == .available }?.amount.minorUnits ?? 0
                == -taken)
    }

    @Test(
        arguments: [(1_000, 1_000, 0), (1_000, 400, 0), (1_000, 0, 0), (1_000, 400, -250)]
            as [(Int64, Int64, Int64)])
    func `resolving a hold leaves nothing of it`(
        _ held: Int64, _ captured: Int64, _ debt: Int64
    ) throws {
        let legs = try Movements.resolve(
            held: usd(held), captured: usd(captured), owner: owner, debt: usd(debt),
            to: .platform(.settlement, .usd))
        #expect(sum(legs) == 0)
        #expect(legs.first?.amount.minorUnits == -held)
        #expect(
            legs.first { $0.account.purpose == .settlement }?.amount.minorUnits ?? 0 == captured)
        #expect(legs.first { $0.account.purpose == .owed }?.amount.minorUnits ?? 0 == -debt)
    }

    @Test(arguments: [0, -1] as [Int64])
    func `only positive amounts move`(_ amount: Int64) throws {
        #expect(throws: WalletError.amountNotPositive) {
            try Movements.credit(usd(amount), to: owner, debt: .zero(.usd), from: source)
        }
        #expect(throws: WalletError.amountNotPositive) {
            try Movements.clawBack(usd(amount), from: owner, available: usd(5), to: source)
        }
        #expect(throws: WalletError.amountNotPositive) {
            try Movements.move(usd(amount), from: source, to: .platform(.fees, .usd))
        }
    }
}
