/// What a message says.
struct Letter: Sendable, Hashable {
    let subject: String
    let text: String
    let html: String
}

/// What the app shows.
struct Notice: Sendable, Hashable {
    let title: String
    let content: String
}
