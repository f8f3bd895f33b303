"""How the documented tenants are set up: their SDK, their creation, their settings and apps."""

from __future__ import annotations

from collections.abc import Iterator

from kryonix_tui.demo.documented.tenants import CLIENTE, CLINICA, CREATING, SUBDOMAINS
from kryonix_tui.demo.names import PHONE, api_key
from kryonix_tui.demo.records import compact, now_iso
from kryonix_tui.demo.writer import Write, expire, hash_set


def settings() -> Iterator[Write]:
    """Yield what stays until somebody changes it."""
    yield from _sdk()
    yield from _creation()
    yield from _config()
    yield from _apps()


def _sdk() -> Iterator[Write]:
    yield hash_set(
        5,
        f"sdk:tenant:{CLIENTE}",
        api_key=api_key(CLIENTE),
        modules_enabled=compact(["crm", "whatsapp", "agendamento"]),
        rate_limit="10000/hour",
        subscription_status="active",
        tenant_name="Cliente Exemplo LTDA",
        subdomain=SUBDOMAINS[CLIENTE],
        business_sector="medicina",
        created_at="2025-01-15",
    )
    yield hash_set(
        5,
        f"sdk:tenant:{CLINICA}",
        api_key=api_key(CLINICA),
        modules_enabled=compact(["crm", "agendamento", "whatsapp", "financeiro"]),
        rate_limit="15000/hour",
        subscription_status="active",
        tenant_name="Clínica Saúde & Vida",
        subdomain=SUBDOMAINS[CLINICA],
        business_sector="medicina",
        created_at="2025-01-20",
    )
    session = f"sdk:session:tenant:{CLIENTE}:sess_789"
    yield hash_set(
        5,
        session,
        api_key=api_key(CLIENTE),
        user_id="dev_user_1",
        ip_address="192.0.2.100",
        last_request=now_iso(),
        requests_count="45",
        session_start=now_iso(5400),
        modules_accessed=compact(["crm", "whatsapp"]),
    )
    yield expire(5, session, 3600)
    yield hash_set(
        5,
        f"sdk:analytics:tenant:{CLIENTE}",
        total_requests_today="1250",
        most_used_endpoint="/api/crm/leads",
        avg_response_time="98ms",
        error_rate="0.2%",
        last_error="null",
        peak_hour="14",
    )


def _creation() -> Iterator[Write]:
    yield hash_set(
        6,
        f"creation:tenant:{CREATING}",
        business_name="Nova Clínica Especializada",
        owner_name="Pessoa de Exemplo",
        phone=PHONE,
        email="contato@demo.example",
        sector="medicina",
        status="analyzing_requirements",
        progress="35%",
        estimated_completion="2min_30s",
        identified_modules=compact(["crm", "agendamento", "whatsapp", "financeiro", "portal"]),
    )
    yield hash_set(
        6,
        f"config:auto_setup:{CREATING}",
        subdomain="nova-clinica-especializada.kryonix.com.br",
        database_name="kryonix_nova_clinica_especializada",
        admin_user="admin@demo.example",
        temp_password="demo-only",  # noqa: S106 - plainly no password
        modules_being_configured=compact(["crm", "agendamento"]),
        current_step="creating_database",
        next_step="configuring_whatsapp",
    )


def _config() -> Iterator[Write]:
    common = {
        "timezone": "America/Sao_Paulo",
        "language": "pt-BR",
        "currency": "BRL",
        "date_format": "DD/MM/YYYY",
        "business_sector": "medicina",
    }
    hours = {"start": "08:00", "end": "18:00", "days": [1, 2, 3, 4, 5], "lunch_break": "12:00-13:00"}
    channels = {"email": True, "sms": True, "whatsapp": True, "push": True}
    yield hash_set(
        7,
        f"config:tenant:{CLIENTE}",
        **common,
        business_hours=compact(hours),
        notification_preferences=compact(channels),
    )
    hours = {"start": "07:00", "end": "19:00", "days": [1, 2, 3, 4, 5, 6], "lunch_break": "12:00-14:00"}
    yield hash_set(
        7,
        f"config:tenant:{CLINICA}",
        **common,
        business_hours=compact(hours),
        notification_preferences=compact(channels | {"sms": False}),
    )
    yield hash_set(
        7,
        f"branding:tenant:{CLIENTE}",
        primary_color="#2E7D32",
        secondary_color="#81C784",
        logo_url="https://s3.kryonix.com.br/cliente_exemplo/logo.png",
        custom_domain="sistema.clienteexemplo.com.br",
        app_name="Sistema Cliente Exemplo",
        footer_text="Powered by Cliente Exemplo",
    )
    yield hash_set(
        7,
        f"modules:tenant:{CLINICA}:agendamento",
        slot_duration="30",
        advance_booking_days="60",
        cancellation_policy="24h",
        online_booking="enabled",
        reminder_settings=compact({"whatsapp_24h": True, "email_48h": True, "sms_2h": False}),
    )


def _apps() -> Iterator[Write]:
    yield hash_set(
        8,
        f"mobile_app:tenant:{CLIENTE}",
        android_package="com.kryonix.clienteexemplo",
        ios_bundle="com.kryonix.clienteexemplo",
        app_name="Cliente Exemplo",
        version="1.2.5",
        primary_color="#1976D2",
        app_description="Sistema de gestão Cliente Exemplo",
        secondary_color="#42A5F5",
    )
    yield hash_set(
        8,
        f"mobile_app:tenant:{CLINICA}",
        android_package="com.kryonix.clinicasaude",
        ios_bundle="com.kryonix.clinicasaude",
        app_name="Clínica Saúde",
        version="1.1.8",
        primary_color="#2E7D32",
        app_description="Agendamento e gestão médica",
        secondary_color="#4CAF50",
    )
    yield hash_set(
        8,
        f"app_build:tenant:{CLIENTE}",
        android_build_status="completed",
        ios_build_status="in_progress",
        android_build_date="2025-01-26T15:30:00Z",
        pwa_url="https://cliente-exemplo.kryonix.com.br",
        auto_build_enabled="true",
    )
    yield hash_set(
        8,
        f"app_analytics:tenant:{CLINICA}",
        android_downloads="234",
        ios_downloads="156",
        pwa_installs="89",
        daily_active_users="67",
        average_session_duration="8min_30s",
        retention_7_days="78%",
        last_updated=now_iso(),
    )
