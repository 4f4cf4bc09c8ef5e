internal import EventTypes

/// Why cashback refuses; the routes turn each case into a problem with a stable slug.
enum CashbackError: Error, Hashable, Sendable {
    case offerUnknown
    case offerNotLive
    case offerNotInRegion
    case clickUnknown
    case clickReused
    /// A network names a click that left through an offer of another one.
    case clickOfAnotherNetwork
    case conversionUnknown
    /// The network names another click than before for the same sale.
    case clickDiffers(ClickID)
    case amountNegative
    case amountOutOfRange
    case termsReused(version: Int)
    case networkUnknown
    case networkNameMalformed
    /// The name is that of the platform's own checkout.
    case networkReserved
    /// The secret or the signature of a postback is not the network's.
    case notFromNetwork
    case mappingIncomplete(field: String)
    case notApproved
}
