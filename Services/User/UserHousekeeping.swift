internal import Runtime
internal import ServiceKit

/// What this service does by itself: the first administrator at the start, then now and then the
/// counts that limit nobody any more.
struct UserHousekeeping: Component {
    static let interval: Duration = .seconds(600)

    let tools: UserTools
    let administrator: FirstAdministrator?

    func run(_ lifecycle: Lifecycle) async throws {
        let logger = tools.context.logger
        if tools.rules.common == CommonPasswords.known {
            logger.warning(
                "there is no list of common passwords; install john-data",
                ["path": CommonPasswords.standardPath])
        }
        _ = try await tools.signingKeys.published()
        if let administrator, try await administrator.ensure() {
            logger.notice("the first administrator was made")
        }
        lifecycle.ready()
        while await lifecycle.pause(Self.interval, on: tools.context.loop) {
            do {
                try await tools.throttle.sweep()
            } catch {
                logger.warning("old attempts could not be dropped", ["error": "\(error)"])
            }
        }
    }
}
