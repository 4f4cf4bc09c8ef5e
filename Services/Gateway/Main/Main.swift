internal import GatewayService
internal import ServiceKit

@main struct Main {
    static func main() { ServiceMain.run(GatewayService.self) }
}
