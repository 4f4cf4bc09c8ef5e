internal import EventTypes

/// Marks identifiers of reservations of stock.
enum ReservationTag {}

typealias ReservationID = Identifier<ReservationTag>
