/// On which channels a person wants to hear of one type of thing.
struct Preference: Hashable, Sendable, Codable {
    /// The name of a `NotificationType`, or of a message that a service asks for by name.
    let type: String
    let channels: Channels
}

/// What preferences can be about: every type of notification, and the codes that other services
/// have sent by e-mail.
enum PreferenceSubject: Hashable, Sendable {
    case notification(NotificationType)
    /// The codes that prove an address or a person: by e-mail alone, and always.
    case verification

    static let all: [PreferenceSubject] =
        NotificationType.allCases.map(PreferenceSubject.notification) + [.verification]

    init?(_ name: String) {
        guard let subject = Self.all.first(where: { $0.name == name }) else { return nil }
        self = subject
    }

    var name: String {
        switch self {
        case .notification(let type): type.rawValue
        case .verification: "email_verification"
        }
    }

    var defaults: Channels {
        switch self {
        case .notification(let type): type.defaults
        case .verification: .emailOnly
        }
    }

    /// Whether its e-mail cannot be switched off.
    var isCritical: Bool {
        switch self {
        case .notification(let type): type.isCritical
        case .verification: true
        }
    }

    /// Whether it is ever shown in the app.
    var isOnScreen: Bool { self != .verification }
}
