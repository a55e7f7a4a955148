package paws360.backend.config;

import java.time.Clock;
import org.apache.catalina.connector.Connector;
import org.springframework.boot.web.embedded.tomcat.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;

@org.springframework.context.annotation.Configuration(proxyBeanMethods = false)
public class Configuration {
  @Bean
  Settings settings() {
    return Settings.from(new Variables(System.getenv()));
  }

  @Bean
  Clock clock() {
    return Clock.systemUTC();
  }

  /** Listens on each of the addresses: a member has one of its own beside the published one. */
  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> listener(Settings settings) {
    return factory -> {
      factory.setPort(settings.port());
      try {
        factory.setAddress(java.net.InetAddress.getByName(settings.addresses().get(0)));
      } catch (java.net.UnknownHostException e) {
        throw new IllegalArgumentException("ADDRESS: `" + settings.addresses().get(0) + "` is no address", e);
      }
      for (var address : settings.addresses().subList(1, settings.addresses().size())) {
        var more = new Connector();
        more.setPort(settings.port());
        more.setProperty("address", address);
        factory.addAdditionalTomcatConnectors(more);
      }
    };
  }
}
