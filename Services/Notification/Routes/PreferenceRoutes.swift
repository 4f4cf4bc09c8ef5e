internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// On which channels a person wants to hear of what.
struct PreferenceRoutes: Sendable {
    struct Item: Codable, Sendable, Equatable {
        let type: String
        let inApp: Bool
        let email: Bool
        let live: Bool
        /// Whether its e-mail cannot be switched off.
        let critical: Bool?

        enum CodingKeys: String, CodingKey {
            case type
            case inApp = "in_app"
            case email, live, critical
        }
    }

    struct Preferences: Codable, Sendable, Equatable {
        let items: [Item]

        init(_ state: Recipient.State) {
            items = PreferenceSubject.all.map { subject in
                let channels = state.channels(for: subject)
                return Item(
                    type: subject.name, inApp: channels.inApp, email: channels.email,
                    live: channels.live, critical: subject.isCritical)
            }
        }
    }

    private struct Shown: Codable, Sendable {
        let preferences: Preferences
        let version: Int64
    }

    let store: any EventStore
    let clock: any WallClock

    var table: RouteTable {
        var routes = RouteTable(tag: "preferences")
        routes.get(
            "/api/v1/notifications/preferences", "Read what you want to hear of, and how",
            id: "getNotificationPreferences", access: .signedIn
        ) { (call: Call<NoBody>) -> Reply<Preferences> in
            let (state, version) = try await store.load(Recipient.self, call.user().userID)
            return .ok(Preferences(state)).etag(version)
        }
        routes.put(
            "/api/v1/notifications/preferences", "Say what you want to hear of, and how",
            id: "setNotificationPreferences", access: .signedIn, ifMatch: .optional,
            problems: [.emailRequired, .recipientErased, .staleVersion],
            description: "Types that are not listed stay as they are. Critical ones are always "
                + "mailed; codes are mailed and nothing else."
        ) { (call: Call<Preferences>) -> Reply<Preferences> in
            let user = try call.user().userID
            guard call.body.items.count <= PreferenceSubject.all.count else {
                throw Problem.bodyFault("/items", "has more types than there are")
            }
            let items = call.body.items.map { item in
                Preference(
                    type: item.type,
                    channels: Channels(inApp: item.inApp, email: item.email, live: item.live))
            }
            let now = clock.now()
            let done = try await store.commit(call.command) { unit in
                if let version = call.ifMatch {
                    unit.expect(Recipient.stream(user), version: version)
                }
                try await unit.decide(Recipient.self, user, .prefer(user, items, at: now))
                return Shown(
                    preferences: Preferences(try await unit.load(Recipient.self, user)),
                    version: unit.version(of: Recipient.stream(user)))
            }
            return .ok(done.result.preferences).committed(done).etag(done.result.version)
        }
        return routes
    }
}
