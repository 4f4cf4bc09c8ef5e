/// Why a message did not go its way; the names are part of the API and of the log.
enum DeliveryReason: String, Sendable, Hashable, CaseIterable {
    // Certainly not sent.
    case unreachable = "server_unreachable"
    case busy = "server_busy"
    case refused = "refused_by_server"
    case tls = "tls_failed"
    case login = "login_refused"
    case stopped = "service_stopped"
    case keysUnavailable = "keys_unavailable"
    case contactUnknown = "contact_unknown"
    case recipientErased = "recipient_erased"
    case addressMalformed = "address_malformed"
    case unreadable
    case unknownTemplate = "unknown_template"
    case valueMissing = "value_missing"
    case expired
    // Perhaps sent.
    case lost = "connection_lost_after_data"
    case died = "process_ended"
}
