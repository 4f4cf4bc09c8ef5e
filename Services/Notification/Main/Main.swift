internal import NotificationService
internal import ServiceKit

@main struct Main {
    static func main() { ServiceMain.run(NotificationService.self) }
}
