public struct CashbackClickRecorded: PublishedEvent {
    public static let eventType = EventType("cashback.click_recorded")
    public static let summary =
        "Somebody left for a shop through an offer, under the terms of this version."
    public let clickID: ClickID
    public let offerID: OfferID
    public let merchantID: MerchantID
    public let userID: UserID?
    public let termsVersion: Int
    public let clickedAt: Timestamp
    /// `checkout` where it was recorded for an order whose buyer came without one; nil for a link
    /// that was followed.
    public let source: String?

    enum CodingKeys: String, CodingKey {
        case clickID = "click_id"
        case offerID = "offer_id"
        case merchantID = "merchant_id"
        case userID = "user_id"
        case termsVersion = "terms_version"
        case clickedAt = "clicked_at"
        case source
    }

    public init(
        clickID: ClickID, offerID: OfferID, merchantID: MerchantID, userID: UserID? = nil,
        termsVersion: Int, clickedAt: Timestamp, source: String? = nil
    ) {
        self.clickID = clickID
        self.offerID = offerID
        self.merchantID = merchantID
        self.userID = userID
        self.termsVersion = termsVersion
        self.clickedAt = clickedAt
        self.source = source
    }

    public static let example = Self(
        clickID: .example(5), offerID: .example(3), merchantID: .example(2), userID: .example(1),
        termsVersion: 1, clickedAt: .example)
}

public struct CashbackConversionTracked: PublishedEvent {
    public static let eventType = EventType("cashback.conversion_tracked")
    public static let summary = "A network reported a sale that belongs to a click."
    public let conversionID: ConversionID
    public let clickID: ClickID
    public let offerID: OfferID
    public let merchantID: MerchantID
    public let userID: UserID?
    public let network: String
    /// The network's own name of the sale.
    public let actionID: String
    public let sale: Money
    public let soldAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case conversionID = "conversion_id"
        case clickID = "click_id"
        case offerID = "offer_id"
        case merchantID = "merchant_id"
        case userID = "user_id"
        case network
        case actionID = "action_id"
        case sale
        case soldAt = "sold_at"
    }

    public init(
        conversionID: ConversionID, clickID: ClickID, offerID: OfferID, merchantID: MerchantID,
        userID: UserID? = nil, network: String, actionID: String, sale: Money, soldAt: Timestamp
    ) {
        self.conversionID = conversionID
        self.clickID = clickID
        self.offerID = offerID
        self.merchantID = merchantID
        self.userID = userID
        self.network = network
        self.actionID = actionID
        self.sale = sale
        self.soldAt = soldAt
    }

    public static let example = Self(
        conversionID: .example(6), clickID: .example(5), offerID: .example(3),
        merchantID: .example(2), userID: .example(1), network: "sandbox", actionID: "A-1",
        sale: .example(2_933), soldAt: .example)
}

public struct CashbackConversionPending: PublishedEvent {
    public static let eventType = EventType("cashback.conversion_pending")
    public static let summary =
        "A sale is worth this much cashback, once the shop confirms it. Repeated when the amount is amended."
    public let conversionID: ConversionID
    public let merchantID: MerchantID
    public let userID: UserID
    public let sale: Money
    public let cashback: Money
    public let termsVersion: Int
    public let reason: String

    enum CodingKeys: String, CodingKey {
        case conversionID = "conversion_id"
        case merchantID = "merchant_id"
        case userID = "user_id"
        case sale
        case cashback
        case termsVersion = "terms_version"
        case reason
    }

    public init(
        conversionID: ConversionID, merchantID: MerchantID, userID: UserID, sale: Money,
        cashback: Money, termsVersion: Int, reason: String
    ) {
        self.conversionID = conversionID
        self.merchantID = merchantID
        self.userID = userID
        self.sale = sale
        self.cashback = cashback
        self.termsVersion = termsVersion
        self.reason = reason
    }

    public static let example = Self(
        conversionID: .example(6), merchantID: .example(2), userID: .example(1),
        sale: .example(2_933), cashback: .example(147), termsVersion: 1,
        reason: "awaiting_confirmation")
}

public struct CashbackConversionApproved: PublishedEvent {
    public static let eventType = EventType("cashback.conversion_approved")
    public static let summary = "The shop confirmed a sale: its cashback is owed."
    public let conversionID: ConversionID
    public let merchantID: MerchantID
    public let userID: UserID
    public let sale: Money
    public let cashback: Money
    public let reason: String
    /// The network that reported the sale; `souk` for the platform's own orders, whose cashback the
    /// shop's settlement pays. Nil in events of before there were orders.
    public let network: String?

    enum CodingKeys: String, CodingKey {
        case conversionID = "conversion_id"
        case merchantID = "merchant_id"
        case userID = "user_id"
        case sale
        case cashback
        case reason, network
    }

    public init(
        conversionID: ConversionID, merchantID: MerchantID, userID: UserID, sale: Money,
        cashback: Money, reason: String, network: String? = nil
    ) {
        self.conversionID = conversionID
        self.merchantID = merchantID
        self.userID = userID
        self.sale = sale
        self.cashback = cashback
        self.reason = reason
        self.network = network
    }

    public static let example = Self(
        conversionID: .example(6), merchantID: .example(2), userID: .example(1),
        sale: .example(2_933), cashback: .example(147), reason: "confirmed_by_network")
}

public struct CashbackConversionDeclined: PublishedEvent {
    public static let eventType = EventType("cashback.conversion_declined")
    public static let summary = "A sale earns nothing, for this reason."
    public let conversionID: ConversionID
    public let merchantID: MerchantID
    public let userID: UserID?
    public let reason: String

    enum CodingKeys: String, CodingKey {
        case conversionID = "conversion_id"
        case merchantID = "merchant_id"
        case userID = "user_id"
        case reason
    }

    public init(
        conversionID: ConversionID, merchantID: MerchantID, userID: UserID? = nil, reason: String
    ) {
        self.conversionID = conversionID
        self.merchantID = merchantID
        self.userID = userID
        self.reason = reason
    }

    public static let example = Self(
        conversionID: .example(6), merchantID: .example(2), userID: .example(1),
        reason: "order_cancelled")
}

public struct CashbackConversionCredited: PublishedEvent {
    public static let eventType = EventType("cashback.conversion_credited")
    public static let summary = "The ledger holds the cashback of a sale."
    public let conversionID: ConversionID
    public let merchantID: MerchantID
    public let userID: UserID
    public let cashback: Money
    public let transactionID: LedgerTransactionID

    enum CodingKeys: String, CodingKey {
        case conversionID = "conversion_id"
        case merchantID = "merchant_id"
        case userID = "user_id"
        case cashback
        case transactionID = "transaction_id"
    }

    public init(
        conversionID: ConversionID, merchantID: MerchantID, userID: UserID, cashback: Money,
        transactionID: LedgerTransactionID
    ) {
        self.conversionID = conversionID
        self.merchantID = merchantID
        self.userID = userID
        self.cashback = cashback
        self.transactionID = transactionID
    }

    public static let example = Self(
        conversionID: .example(6), merchantID: .example(2), userID: .example(1),
        cashback: .example(147), transactionID: .example(8))
}

public struct CashbackConversionClawedBack: PublishedEvent {
    public static let eventType = EventType("cashback.conversion_clawed_back")
    public static let summary = "Cashback that was credited is taken back, for this reason."
    public let conversionID: ConversionID
    public let merchantID: MerchantID
    public let userID: UserID
    public let amount: Money
    public let reason: String

    enum CodingKeys: String, CodingKey {
        case conversionID = "conversion_id"
        case merchantID = "merchant_id"
        case userID = "user_id"
        case amount
        case reason
    }

    public init(
        conversionID: ConversionID, merchantID: MerchantID, userID: UserID, amount: Money,
        reason: String
    ) {
        self.conversionID = conversionID
        self.merchantID = merchantID
        self.userID = userID
        self.amount = amount
        self.reason = reason
    }

    public static let example = Self(
        conversionID: .example(6), merchantID: .example(2), userID: .example(1),
        amount: .example(147), reason: "item_returned")
}
