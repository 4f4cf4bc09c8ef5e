import EventStore
import EventTypes
import JSON

/// A month of a small platform as its services publish it: two shops, three people, clicks, sales
/// of every outcome, payouts and the ledger behind them, orders, messages and pages.
struct Story {
    /// One published event, with the stream that it is from.
    struct Chapter {
        let topic: Topic
        let stream: String
        let event: any PublishedEvent
    }

    static let start = Timestamp(seconds: 1_767_225_600)
    static let shops = [MerchantID(high: 9, low: 1), MerchantID(high: 9, low: 2)]

    static func user(_ number: UInt64) -> UserID { UserID(high: 1, low: number) }
    static func day(_ number: Int64) -> Timestamp { start + .seconds(number * 86_400) }
    static func dollars(_ cents: Int64) throws -> Money { try Money(minorUnits: cents, .usd) }

    var chapters: [Chapter] = []

    init() throws {
        for (index, name) in ["CDNOW", "Bücher & Mehr"].enumerated() {
            tell(
                .catalogEvents, "merchant-\(index)",
                CatalogMerchantRegistered(
                    merchantID: Self.shops[index], name: name, website: "https://shop.example"))
        }
        for number in 1...3 as ClosedRange<UInt64> {
            let id = Self.user(number)
            tell(
                .userEvents, "person-\(number)",
                UserRegistered(
                    userID: id, email: SealedText(subject: id, box: "q83vEjRWeJA"),
                    registeredAt: Self.day(Int64(number))))
            if number < 3 {
                tell(.userEvents, "person-\(number)", UserEmailVerified(userID: id))
            }
        }
        try sale(1, by: 1, shop: 0, on: 2, 2_933, ends: .credited)
        try sale(2, by: 1, shop: 0, on: 2, 1_000, ends: .declined)
        try sale(3, by: 2, shop: 1, on: 3, 12_500, ends: .approved)
        try sale(4, by: 2, shop: 0, on: 9, 4_200, ends: .clawedBack)
        try sale(5, by: 3, shop: 1, on: 10, 700, ends: .pending)
        try sale(6, by: nil, shop: 1, on: 10, 900, ends: .tracked)
        click(7, by: 3, shop: 0, on: 11)
        try payout(1, of: 1, on: 4, 100, ends: .paid)
        try payout(2, of: 2, on: 5, 210, ends: .failed)
        try payout(3, of: 2, on: 12, 50, ends: .requested)
        try orders()
        words()
    }

    mutating func tell(_ topic: Topic, _ stream: String, _ event: any PublishedEvent) {
        chapters.append(Chapter(topic: topic, stream: stream, event: event))
    }

    mutating func click(_ number: UInt64, by person: UInt64?, shop: Int, on day: Int64) {
        tell(
            .cashbackEvents, "click-\(number)",
            CashbackClickRecorded(
                clickID: ClickID(high: 2, low: number), offerID: OfferID(high: 8, low: 1),
                merchantID: Self.shops[shop], userID: person.map(Self.user), termsVersion: 1,
                clickedAt: Self.day(day) + .seconds(60)))
    }

    mutating func sale(
        _ number: UInt64, by person: UInt64?, shop: Int, on day: Int64, _ cents: Int64,
        of order: OrderID? = nil, clawback: Int64? = nil, ends: Ending
    ) throws {
        click(number, by: person, shop: shop, on: day)
        let id = ConversionID(high: 3, low: number)
        let shop = Self.shops[shop]
        let stream = "conversion-\(number)"
        let sale = try Self.dollars(cents)
        let cashback = try sale.share(basisPoints: 500)
        tell(
            .cashbackEvents, stream,
            CashbackConversionTracked(
                conversionID: id, clickID: ClickID(high: 2, low: number),
                offerID: OfferID(high: 8, low: 1), merchantID: shop,
                userID: person.map(Self.user), network: order == nil ? "sandbox" : "souk",
                actionID: order.map { "\($0)/\(shop)" } ?? "A-\(number)",
                sale: sale, soldAt: Self.day(day) + .seconds(3_600)))
        guard ends != .tracked, let person else { return }
        let user = Self.user(person)
        tell(
            .cashbackEvents, stream,
            CashbackConversionPending(
                conversionID: id, merchantID: shop, userID: user, sale: sale, cashback: cashback,
                termsVersion: 1, reason: "awaiting_confirmation"))
        if ends == .pending { return }
        if ends == .declined {
            tell(
                .cashbackEvents, stream,
                CashbackConversionDeclined(
                    conversionID: id, merchantID: shop, userID: user, reason: "cancelled"))
            return
        }
        tell(
            .cashbackEvents, stream,
            CashbackConversionApproved(
                conversionID: id, merchantID: shop, userID: user, sale: sale, cashback: cashback,
                reason: "confirmed"))
        if ends == .approved { return }
        post(number, "cashback_credit", user, cashback, on: day + 1)
        tell(
            .cashbackEvents, stream,
            CashbackConversionCredited(
                conversionID: id, merchantID: shop, userID: user, cashback: cashback,
                transactionID: LedgerTransactionID(high: 4, low: number)))
        if ends == .credited { return }
        let back = try clawback.map(Self.dollars) ?? cashback
        post(number + 100, "cashback_clawback", user, back.negated, on: day + 2)
        tell(
            .cashbackEvents, stream,
            CashbackConversionClawedBack(
                conversionID: id, merchantID: shop, userID: user, amount: back,
                reason: "item_returned"))
    }

    private mutating func post(
        _ number: UInt64, _ kind: String, _ user: UserID, _ amount: Money, on day: Int64
    ) {
        let account = LedgerAccountID(high: 5, low: 1)
        tell(
            .walletEvents, "transaction-\(number)",
            WalletTransactionPosted(
                transactionID: LedgerTransactionID(high: 4, low: number), kind: kind,
                reference: "conversion-\(number)",
                postings: [
                    Posting(
                        accountID: account, owner: nil, purpose: "network_receivable",
                        amount: amount.negated),
                    Posting(
                        accountID: account, owner: user, purpose: "available", amount: amount),
                ], postedAt: Self.day(day) + .seconds(7)))
    }

    mutating func payout(
        _ number: UInt64, of person: UInt64, on day: Int64, _ cents: Int64, ends: PayoutEnding
    ) throws {
        let id = WithdrawalID(high: 6, low: number)
        let amount = try Self.dollars(cents)
        let stream = "withdrawal-\(number)"
        let user = Self.user(person)
        tell(
            .walletEvents, stream,
            WalletWithdrawalRequested(
                withdrawalID: id, userID: user, amount: amount, requestedAt: Self.day(day)))
        if ends == .requested { return }
        tell(
            .walletEvents, stream,
            WalletWithdrawalApproved(
                withdrawalID: id, userID: user, amount: amount, approvedBy: Self.user(99)))
        if ends == .failed {
            tell(
                .walletEvents, stream,
                WalletWithdrawalFailed(
                    withdrawalID: id, userID: user, amount: amount, reason: "account_closed"))
        } else {
            tell(
                .walletEvents, stream,
                WalletWithdrawalPaid(
                    withdrawalID: id, userID: user, amount: amount,
                    transactionID: LedgerTransactionID(high: 4, low: 1_000 + number),
                    providerReference: "po-\(number)"))
        }
    }

    enum Ending { case tracked, pending, declined, approved, credited, clawedBack }
    enum PayoutEnding { case requested, paid, failed }
}

extension Story {
    /// As topics hold it: every stream in a slot, numbered there.
    func received(at time: Timestamp = Self.day(20)) throws -> [ReceivedEvent] {
        var sequences: [String: Int64] = [:]
        var versions: [String: Int64] = [:]
        return try chapters.enumerated().map { index, chapter in
            let slot = Slot(of: StreamID(chapter.stream)).number
            let lane = "\(chapter.topic.rawValue) \(slot)"
            sequences[lane, default: 0] += 1
            versions[chapter.stream, default: 0] += 1
            let number = UInt64(index + 1)
            return ReceivedEvent(
                source: String(type(of: chapter.event).eventType.name.prefix { $0 != "." }),
                topic: chapter.topic, type: type(of: chapter.event).eventType,
                id: EventID(high: 7, low: number), stream: StreamID(chapter.stream),
                streamVersion: versions[chapter.stream] ?? 1, position: Int64(index + 1),
                slot: slot, slotSequence: sequences[lane] ?? 1, time: time,
                correlationID: CorrelationID(high: 7, low: number),
                payload: try Self.encoded(chapter.event))
        }
    }

    private static func encoded(_ event: some PublishedEvent) throws -> [UInt8] {
        try JSON.encode(event)
    }
}
