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
        var bits: (UInt64, UInt64) = (0, 0)
        var digits = 0
        var index = 0
        for byte in text.utf8 {
            defer { index += 1 }
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            if digits < 16 {
                bits.0 = bits.0 << 4 | UInt64(digit)
            } else {
                bits.1 = bits.1 << 4 | UInt64(digit)
            }
            digits += 1
        }
        guard digits == 32, index == 36 else { return nil }
        self.init(high: bits.0, low: bits.1)
    }

    public var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var at = 0
            for position in 0..<32 {
                if position == 8 || position == 12 || position == 16 || position == 20 {
                    buffer[at] = UInt8(ascii: "-")
                    at += 1
                }
                let word = position < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - (position % 16) * 4)) & 15
                buffer[at] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                at += 1
            }
            return at
        }
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension Identifier: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Identifier(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a UUID of 36 characters")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
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
