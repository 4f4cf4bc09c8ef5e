internal import EventTypes

/// Why cashback refuses; the routes turn each case into a problem with a stable slug.
enum CashbackError: Error, Hashable, Sendable {
    case offerUnknown
    case offerNotLive
    case offerNotInRegion
    case clickUnknown
    case clickReused
    case conversionUnknown
    /// The network names another click than before for the same sale.
    case clickDiffers(ClickID)
    case amountNegative
    case amountOutOfRange
    case termsReused(version: Int)
    case networkNameMalformed
    case mappingIncomplete(field: String)
    case notApproved
}
