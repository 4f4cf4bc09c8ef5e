internal import AnalyticsService
internal import ServiceKit

@main struct Main {
    static func main() { ServiceMain.run(AnalyticsService.self) }
}
