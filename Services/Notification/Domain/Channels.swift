/// The ways on which a person hears of something.
struct Channels: Hashable, Sendable, Codable {
    /// In the list of notifications.
    var inApp: Bool
    var email: Bool
    /// At once, to whoever is connected.
    var live: Bool

    enum CodingKeys: String, CodingKey {
        case inApp = "in_app"
        case email, live
    }

    /// Whether there is any way at all.
    var isAny: Bool { inApp || email || live }

    static let all = Channels(inApp: true, email: true, live: true)
    /// Everything but e-mail.
    static let onScreen = Channels(inApp: true, email: false, live: true)
    static let emailOnly = Channels(inApp: false, email: true, live: false)
}
