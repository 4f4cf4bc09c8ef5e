/// A 128-bit identifier that knows what it identifies: an order's never passes for a user's.
///
/// New ones are UUIDv7 (RFC 9562 §5.7), made by `Runtime`'s `IdentifierGenerator`; derived ones are
/// UUIDv8 (§5.8), made by `Crypto`. In text: 36 lowercase characters.
public struct Identifier<Entity>: Hashable, Comparable, Sendable, LosslessStringConvertible {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The identifier with the same bits of something else.
    public init<Other>(_ other: Identifier<Other>) {
        self.init(high: other.high, low: other.low)
    }

    /// Reads the 36-character form, in either case; nil for anything else.
    public init?(_ text: String) {
        guard let (high, low) = IdentifierText.read(text) else { return nil }
        self.init(high: high, low: low)
    }

    /// Reads the 36-character form from its bytes; nil for anything else.
    public init?(utf8 text: UnsafeRawBufferPointer) {
        guard let (high, low) = IdentifierText.read(text) else { return nil }
        self.init(high: high, low: low)
    }

    public var description: String {
        String(unsafeUninitializedCapacity: IdentifierText.count) { buffer in
            IdentifierText.write(high, low, to: UnsafeMutableRawBufferPointer(buffer))
            return IdentifierText.count
        }
    }

    /// Writes the 36 characters at the beginning of a place that has room for them.
    ///
    /// - Returns: 36.
    @discardableResult
    public func write(to place: UnsafeMutableRawBufferPointer) -> Int {
        IdentifierText.write(high, low, to: place)
        return IdentifierText.count
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension Identifier: Codable {
    public init(from decoder: any Decoder) throws {
        let bits = try decoder.singleValueContainer().decode(IdentifierBits.self)
        self.init(high: bits.high, low: bits.low)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(IdentifierBits(high: high, low: low))
    }
}

public enum UserTag {}
public enum MerchantTag {}
public enum OfferTag {}
public enum ProductTag {}
public enum CategoryTag {}
public enum CouponTag {}
public enum ClickTag {}
public enum ConversionTag {}
public enum LedgerAccountTag {}
public enum LedgerTransactionTag {}
public enum HoldTag {}
public enum DepositTag {}
public enum WithdrawalTag {}
public enum SessionTag {}
public enum OrderTag {}
public enum CartTag {}
public enum CheckoutTag {}
public enum RefundTag {}
public enum NotificationTag {}
public enum DocumentTag {}
public enum MediaTag {}
public enum EventTag {}
public enum CommandTag {}
public enum CorrelationTag {}

public typealias UserID = Identifier<UserTag>
public typealias MerchantID = Identifier<MerchantTag>
public typealias OfferID = Identifier<OfferTag>
public typealias ProductID = Identifier<ProductTag>
public typealias CategoryID = Identifier<CategoryTag>
public typealias CouponID = Identifier<CouponTag>
public typealias ClickID = Identifier<ClickTag>
public typealias ConversionID = Identifier<ConversionTag>
public typealias LedgerAccountID = Identifier<LedgerAccountTag>
public typealias LedgerTransactionID = Identifier<LedgerTransactionTag>
public typealias HoldID = Identifier<HoldTag>
public typealias DepositID = Identifier<DepositTag>
public typealias WithdrawalID = Identifier<WithdrawalTag>
public typealias SessionID = Identifier<SessionTag>
public typealias OrderID = Identifier<OrderTag>
public typealias CartID = Identifier<CartTag>
public typealias CheckoutID = Identifier<CheckoutTag>
public typealias RefundID = Identifier<RefundTag>
public typealias NotificationID = Identifier<NotificationTag>
public typealias DocumentID = Identifier<DocumentTag>
public typealias MediaID = Identifier<MediaTag>
public typealias EventID = Identifier<EventTag>
public typealias CommandID = Identifier<CommandTag>
public typealias CorrelationID = Identifier<CorrelationTag>
